"""What every connected source shares: what a connector yields, the file an extraction becomes, and which connector serves which kind."""
