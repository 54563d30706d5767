"""HubSpot CRM, read through its public API (v3 objects, v4 associations) with the token of a private app."""
