"""`moderation rules`: one file for each purpose; what needs no site needs no application and no database either."""
