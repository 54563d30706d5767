"""funnel: the sales-funnel warehouse."""
