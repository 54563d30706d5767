{{ typed_content(source('raw_file', 'exchange_rate')) }}
