{{ attributes_of('opportunity') }}
