{{ config(materialized='ephemeral') }}
{{ last_published('published_figure') }}
