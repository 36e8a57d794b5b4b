"""What is to be said of a request's queries together, in this project's own models."""

from collections.abc import Iterator
from dataclasses import dataclass

from visualizer.findings.like import MANY, Like, like_queries
from visualizer.findings.n_plus_one import NPlusOne, n_plus_ones
from visualizer.findings.relations import installed_relations
from visualizer.findings.source import asking_line
from visualizer.lessons.kinds.sql import controls_transaction
from visualizer.lessons.reading import Event, Reading


@dataclass(frozen=True)
class QueryFindings:
    """The like queries of one trace, and those of them that are N+1."""

    likes: list[Like]
    n_plus_ones: list[NPlusOne]

    def like(self, event: Event) -> Like | None:
        """The group that this query belongs to, if it has its like."""
        return next((like for like in self.likes if like.place(event)), None)

    def n_plus_one(self, like: Like) -> NPlusOne | None:
        """What these like queries are an instance of."""
        return next((found for found in self.n_plus_ones if found.like is like), None)

    def worth_a_line(self) -> Iterator[Like]:
        """The groups that a summary names: what ran many times, or asked the same question again."""
        asking = (like for like in self.likes if not controls_transaction(like.sql))
        return (like for like in asking if like.count >= MANY or like.are_all_the_same)


def query_findings(reading: Reading) -> QueryFindings:
    """Fold a trace's queries and look for N+1 among them, by `reading.once`. It runs no query."""
    likes = like_queries(reading)
    many = [like for like in likes if like.count >= MANY]
    found = n_plus_ones(reading, many, installed_relations(), lambda event: asking_line(reading, event)) if many else []
    return QueryFindings(likes, found)


def model_of_table(table: str) -> str | None:
    """The label of the model that keeps its rows in this table; None where that is no or not only one model."""
    return installed_relations().model_of(table)
