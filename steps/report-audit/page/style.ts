/** The page's one style sheet: system fonts, two themes by the reader's own setting, one column on a phone. */
export const style = `
:root { color-scheme: light dark;
  --ground: #ffffff; --card: #f5f7fa; --line: #c9d1db; --text: #16202c; --soft: #45525f;
  --accent: #0b57a4; --good: #116331; --bad: #a3151f; --warn: #7a4b00; --good-ground: #e2f4e8; --bad-ground: #fde8e8; --warn-ground: #fdf1d8; --plain-ground: #e7ecf2; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #11161d; --card: #1a212b; --line: #3a4655; --text: #e6ebf1; --soft: #aab6c3;
  --accent: #82bcff; --good: #7fdc9f; --bad: #ff9d9d; --warn: #f3c467; --good-ground: #12301d; --bad-ground: #3b1517; --warn-ground: #362707; --plain-ground: #28323f; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
footer { color: var(--soft); padding-bottom: 2rem; font-size: .9rem; border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; padding-top: .25rem; }
h3 { font-size: 1rem; margin: 0; }
section > h3 { margin: 1rem 0 .4rem; }
p { margin: .25rem 0 .75rem; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; background: var(--ground); padding: .5rem 1rem; z-index: 1; }
.skip:focus { left: 1rem; top: .5rem; }
.soft { color: var(--soft); }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .88em; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-size: .85rem; font-weight: 600; background: var(--plain-ground); color: var(--text); white-space: nowrap; }
.good { background: var(--good-ground); color: var(--good); }
.bad { background: var(--bad-ground); color: var(--bad); }
.warn { background: var(--warn-ground); color: var(--warn); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.numbers li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.numbers strong { display: block; font-size: 1.5rem; line-height: 1.2; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: .35rem 0; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
.cards > li > p:last-child { margin-bottom: 0; }
.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: baseline; }
dl { display: grid; grid-template-columns: minmax(6.5rem, 10rem) 1fr; gap: .15rem .75rem; margin: .5rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
details { margin-top: .5rem; }
summary { cursor: pointer; padding: .25rem 0; }
.bullets { margin: .25rem 0 0; padding-left: 1.1rem; }
.bullets li { overflow-wrap: anywhere; }
.time { list-style: none; margin: 0; padding: 0; }
.time li { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr; gap: .25rem .75rem; padding: .3rem 0; border-bottom: 1px solid var(--line); align-items: center; }
.time svg { width: 100%; height: 1.1rem; background: var(--card); border-radius: 3px; display: block; }
.time rect { fill: var(--accent); }
.time .refused rect, .time .failed rect { fill: var(--bad); }
.time .cancelled rect { fill: var(--warn); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
tbody tr:last-child td { border-bottom: 0; }
@media (max-width: 40rem) {
  .time li { grid-template-columns: 1fr; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .35rem; }
  .wide, .wide tbody, .wide tr, .wide td { display: block; width: 100%; }
  .wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .wide tr { border-bottom: 1px solid var(--line); padding: .3rem 0; }
  .wide tbody tr:last-child { border-bottom: 0; }
  .wide td { border: 0; padding: .15rem .7rem; overflow-wrap: anywhere; }
}
@media print { .skip, nav { display: none; } body { font-size: .85rem; } .cards > li, tr { break-inside: avoid; } }
`
