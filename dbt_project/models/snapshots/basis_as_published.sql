{{ config(materialized='ephemeral') }}
{{ last_published('published_basis') }}
