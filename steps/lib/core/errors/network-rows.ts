import { defineErrors } from './row.ts'

/** The way between the pod and the clouds. */
export const networkRows = defineErrors({
  NETWORK_UNREACHABLE: {
    exit: 75,
    retry: 'transient',
    what: 'No connection to <host>: <reason>.',
    remedy: 'Check the cluster’s egress, DNS and NetworkPolicies for <host>, and https-proxy in the identity profile.',
  },
  NETWORK_INTERRUPTED: {
    exit: 75,
    retry: 'transient',
    what: 'The connection to <host> broke off: <reason>.',
    remedy:
      'Run it again; what was uploaded already is skipped. When it stays, look at the proxy or firewall in between.',
  },
  NETWORK_PROXY_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The proxy does not let this pod through to <host>: <reason>.',
    remedy: 'Ask for <host>, port 443, to be allowed by the proxy named in https-proxy, or list the host in no-proxy.',
  },
  NETWORK_TLS_UNTRUSTED: {
    exit: 77,
    retry: 'never',
    what: 'The certificate of <host> cannot be trusted: <reason>.',
    remedy:
      'When a proxy of yours opens TLS, put its CA as ca.crt into the identity profile. Otherwise do not go on: someone answers in the place of <host>.',
  },
})
