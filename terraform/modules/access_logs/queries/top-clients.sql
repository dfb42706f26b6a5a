-- The client addresses with the most requests, and how many of those failed.
SELECT client_ip,
       count(*) AS requests,
       sum(CASE WHEN elb_status_code >= 500 THEN 1 ELSE 0 END) AS errors_5xx,
       sum(CASE WHEN elb_status_code BETWEEN 400 AND 499 THEN 1 ELSE 0 END) AS errors_4xx,
       sum(sent_bytes) AS sent_bytes,
       max(user_agent) AS a_user_agent
FROM alb_access_logs
WHERE /*span*/ day >= date_format(current_timestamp - interval '1' hour, '%Y/%m/%d') AND time >= to_iso8601(current_timestamp - interval '1' hour) /*end*/
GROUP BY client_ip
ORDER BY requests DESC, client_ip
LIMIT 50
