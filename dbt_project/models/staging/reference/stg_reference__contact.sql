{{ reference_matches('contact', 'contact_name') }}
