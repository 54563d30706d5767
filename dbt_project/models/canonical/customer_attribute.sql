{{ attributes_of('customer') }}
