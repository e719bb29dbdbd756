{{ config(materialized='incremental', unique_key='call_date') }}
{{ ozonetel.measures(['call_date', 'hour', 'direction']) }}
