"""Every sentence a user reads, by code and language. No logic beyond filling in."""
