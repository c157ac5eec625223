"""Papers of a case in German and the client's language: plan, consent, information, self-assessment.

A paper is a list of blocks (`blocks.py`), built purely from plain values, with its fixed words from
``phrases/<paper>.<language>.toml`` (`book.py`, `load_paper_book`). `rendering.render_paper` makes the
PDF: German on the left, the other language beside it, right-to-left scripts from the right; over as
many pages as it takes. What people typed stands once, as typed, over the whole width.

Nothing sensitive belongs on a paper: no note, no health detail, no referral to a sensitive offer. The
information under Art. 15 GDPR, which is the client's own, is the one exception.
"""
