"""What people see of an analysis: the brief on paper, as a page, as data and on the terminal.

`write` puts the three files in a folder; `summary` prints the short form. What draws and typesets is imported only
when a brief is written.
"""

from tradetalks.brief.contract import Contents
from tradetalks.brief.terminal import summary
from tradetalks.brief.write import write

__all__ = ["Contents", "summary", "write"]
