{{ reference_matches('team', 'team_name') }}
