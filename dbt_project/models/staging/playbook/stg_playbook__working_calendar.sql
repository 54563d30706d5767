{{ typed_content(source('raw_playbook', 'working_calendar')) }}
