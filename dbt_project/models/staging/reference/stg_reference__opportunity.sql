{{ reference_matches('opportunity', 'opportunity_name') }}
