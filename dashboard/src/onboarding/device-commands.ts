/** What a device has to do with its code, as lines for a shell. */

interface Place {
  protocol: string;
  hostname: string;
  port: string;
}

/**
 * Where devices reach the gateway. Over HTTPS it is where this page came from; the plain listener of the dashboard
 * answers to this machine alone, and its port is the one after the gateway's.
 */
export function gatewayAddress({ protocol, hostname, port }: Place): string {
  if (protocol === 'https:') return `https://${hostname}${port === '' ? '' : `:${port}`}`;
  return `https://${hostname}:${Number(port) - 1}`;
}

/** With openssl and curl, which nearly every device has. The code is in no process's arguments: others could list them. */
export function claimCommand(code: string, device: string, gateway: string): string {
  return [
    'openssl ecparam -name prime256v1 -genkey -noout -out key.pem && chmod 600 key.pem',
    `openssl req -new -key key.pem -subj "/CN=${device}" -out request.pem`,
    `printf '{"code":"%s","request":"%s"}' ${code} \\`,
    `  "$(awk '{printf "%s\\\\n", $0}' request.pem)" |`,
    'curl --fail-with-body --cacert platform-ca.pem \\',
    "  -H 'content-type: application/json' --data-binary @- -o onboarded.json \\",
    `  ${gateway}/api/v1/onboarding/claims`,
  ].join('\n');
}
