"""Settings under which the tests run the demonstration site on real servers: with one more address, a long stream."""

from config.settings import *  # noqa: F403 - all of them, and more addresses

ROOT_URLCONF = "tests.site.deployed_urls"
