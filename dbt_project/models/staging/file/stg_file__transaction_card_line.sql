{{ typed_content(source('raw_file', 'transaction_card_line')) }}
