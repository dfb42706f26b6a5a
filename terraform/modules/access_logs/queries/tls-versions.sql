-- TLS versions and ciphers that clients still use, before an older one is switched off.
SELECT ssl_protocol AS protocol,
       ssl_cipher AS cipher,
       count(*) AS requests,
       count(DISTINCT client_ip) AS clients,
       max(user_agent) AS a_user_agent
FROM alb_access_logs
WHERE /*span*/ day >= date_format(current_timestamp - interval '1' hour, '%Y/%m/%d') AND time >= to_iso8601(current_timestamp - interval '1' hour) /*end*/
  AND ssl_protocol <> '-'
GROUP BY 1, 2
ORDER BY requests DESC, protocol, cipher
