"""The demo: a real network, pictures drawn on the spot, and the whole work on them."""

from rkviz.demo.pictures import make_pictures
from rkviz.demo.project import demo_project

__all__ = ["demo_project", "make_pictures"]
