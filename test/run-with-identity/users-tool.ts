/**
 * The command of a user, as tests want it: tells its environment to the test at the address of its first argument, waits, and ends as it is told.
 * With `deaf` as its second argument it goes on after SIGTERM.
 */
const [address = '', manner] = process.argv.slice(2)

process.on('SIGTERM', () => {
  if (manner !== 'deaf') process.exit(143)
})
await fetch(`${address}/started`, { method: 'POST', body: JSON.stringify(process.env) })
const status = await (await fetch(`${address}/ended`)).text()
if (status === 'killed') process.kill(process.pid, 'SIGKILL')
process.exit(Number(status))
