"""Views: parse, authorise, call one service or query, answer."""
