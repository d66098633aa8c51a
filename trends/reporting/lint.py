"""What both engines render alike, and a refusal of everything else."""
from __future__ import annotations
from trends.reporting.document import Document
def refuse(document: Document) -> None: ...
