{{ typed_content(source('raw_playbook', 'exchange_rate')) }}
