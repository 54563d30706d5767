{{ typed_content(source('raw_playbook', 'code_map')) }}
