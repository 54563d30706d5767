{{ typed_content(source('raw_file', 'team_membership')) }}
