-- Requests and bytes of each target, to find the one that carries most. Lambda targets have no address.
SELECT coalesce(target_group_arn, '-') AS target_group,
       coalesce(target_ip, '-') AS target,
       count(*) AS requests,
       sum(received_bytes) AS received_bytes,
       sum(sent_bytes) AS sent_bytes,
       sum(CASE WHEN elb_status_code >= 500 THEN 1 ELSE 0 END) AS errors_5xx
FROM alb_access_logs
WHERE /*span*/ day >= date_format(current_timestamp - interval '1' hour, '%Y/%m/%d') AND time >= to_iso8601(current_timestamp - interval '1' hour) /*end*/
GROUP BY 1, 2
ORDER BY sent_bytes DESC, target_group, target
LIMIT 50
