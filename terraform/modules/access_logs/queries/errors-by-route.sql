-- Answers of 500 and more by route: who made them, the load balancer itself or a target.
SELECT request_verb AS verb,
       regexp_replace(regexp_extract(request_url, '^[a-z]+://[^/]*(/[^?]*)', 1), '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27})\b', '/:id') AS route,
       elb_status_code AS status,
       CASE WHEN target_status_code LIKE '5%' THEN 'target' ELSE 'load balancer' END AS made_by,
       count(*) AS requests,
       min(time) AS first_seen,
       max(time) AS last_seen,
       max(error_reason) AS a_reason
FROM alb_access_logs
WHERE /*span*/ day >= date_format(current_timestamp - interval '1' hour, '%Y/%m/%d') AND time >= to_iso8601(current_timestamp - interval '1' hour) /*end*/
  AND elb_status_code >= 500
GROUP BY 1, 2, 3, 4
ORDER BY requests DESC, route, verb, status
LIMIT 50
