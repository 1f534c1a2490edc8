import { BlockList, isIP, isIPv4 } from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

/** Whether an address is in a CIDR range, or is the address itself; what is neither is in no range. */
export const isInRange = (address: string, range: string): boolean => {
  const [network = '', prefix] = range.split('/')
  if (isIP(address) === 0 || isIP(network) === 0) return false
  const bits = family(network) === 'ipv4' ? 32 : 128
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : bits + 1
  if (length > bits) return false
  const list = new BlockList()
  list.addSubnet(network, length, family(network))
  return list.check(address, family(address))
}
