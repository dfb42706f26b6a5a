-- The routes whose targets answer slowest. What reached no target is left out.
SELECT request_verb AS verb,
       regexp_replace(regexp_extract(request_url, '^[a-z]+://[^/]*(/[^?]*)', 1), '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27})\b', '/:id') AS route,
       count(*) AS requests,
       round(approx_percentile(target_processing_time, 0.5), 3) AS p50_seconds,
       round(approx_percentile(target_processing_time, 0.99), 3) AS p99_seconds,
       round(max(target_processing_time), 3) AS longest_seconds
FROM alb_access_logs
WHERE /*span*/ day >= date_format(current_timestamp - interval '1' hour, '%Y/%m/%d') AND time >= to_iso8601(current_timestamp - interval '1' hour) /*end*/
  AND target_processing_time >= 0
GROUP BY 1, 2
ORDER BY p99_seconds DESC, requests DESC, route, verb
LIMIT 50
