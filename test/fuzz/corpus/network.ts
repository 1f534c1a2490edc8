/** URLs that Node's own proxy support refuses, some of them with an error that names no cause. */
export const proxyCorpus = [
  'http://%zz@proxy.example:1',
  'http://user:%ff@proxy.example:1',
  'http://proxy.example:99999',
  'http:',
  'proxy.example:3128',
  'http://user%0d%0ax:p@proxy.example',
  'http://[::1',
  'socks5://proxy.example',
  'h\nttp://proxy.example',
  'HTTP://proxy.example:3128',
  'http://pro\txy.example',
]

const begin = '-----BEGIN CERTIFICATE-----'

/** Beginnings without an end: a pattern looks for the end anew from each of them. */
export const certificateCorpus = [
  begin,
  `${begin}\n-----END CERTIFICATE-----`,
  begin.repeat(20_000),
  '-----END CERTIFICATE-----'.repeat(1000),
]
