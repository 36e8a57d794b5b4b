"""The guided tour: chapters that walk through real requests. One file a chapter; `chapters.py` has their order."""
