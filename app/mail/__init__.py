"""Mails: the outbox, written in the transaction of what they report, and the job that sends them."""
