"""What an editor shows of a policy: a program and a place in its text in, frozen records out.

Invariant: pure and total; places are characters of the text, and nothing here knows the protocol of any editor.
"""
