/** The page's style sheet: the dashboard's palette, in light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--canvas:light-dark(#f5f7f6,#0d1312);--surface:light-dark(#fff,#141c1a);
--sunken:light-dark(#eef2f0,#1b2523);--line:light-dark(#dfe5e2,#26312e);--ink:light-dark(#14201d,#e9efed);
--muted:light-dark(#495650,#aebab6);--accent:light-dark(#0b6b60,#54cbb6);--soft:light-dark(#e2f2ee,#123029)}
*{box-sizing:border-box}
html{scroll-padding-top:1.5rem}
body{margin:0;display:grid;grid-template-columns:17rem minmax(0,1fr);background:var(--canvas);color:var(--ink);
font:.875rem/1.55 Inter,system-ui,sans-serif}
nav{position:sticky;top:0;height:100dvh;overflow:auto;padding:1.5rem 1rem;border-right:1px solid var(--line);
background:var(--surface)}
nav h2{margin:1.25rem 0 .25rem;font-size:.6875rem;text-transform:uppercase;letter-spacing:.06em;color:var(--muted)}
nav h2 a{padding:0 .5rem}
nav ul{list-style:none;margin:0;padding:0}
nav a{display:block;padding:.25rem .5rem;border-radius:.375rem;color:inherit;text-decoration:none}
nav a:hover{background:var(--sunken)}
main{padding:2.5rem clamp(1rem,4vw,3.5rem);max-width:64rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
h1{font-size:1.75rem;margin:0 0 .5rem}
main>section>h2{margin:3rem 0 1rem;font-size:1.25rem}
article{margin:0 0 1rem;padding:1.25rem 1.5rem;border:1px solid var(--line);border-radius:.875rem;background:var(--surface)}
article:target{border-color:var(--accent)}
article h3{margin:0 0 .5rem;font-size:1rem}
article h4{margin:1.25rem 0 .25rem;font-size:.75rem;color:var(--muted)}
article p{margin:.25rem 0;max-width:48rem}
.call{display:flex;gap:.625rem;align-items:baseline;margin:0 0 .75rem;overflow-wrap:anywhere}
.call b{padding:.05rem .5rem;border-radius:.375rem;background:var(--soft);color:var(--accent);font-size:.75rem}
code{font:.8125rem/1.4 ui-monospace,'Cascadia Code',Menlo,monospace;overflow-wrap:anywhere}
small{color:var(--muted)}
.pattern{font-size:.6875rem;color:var(--muted)}
table{width:100%;border-collapse:collapse}
th,td{padding:.375rem .75rem .375rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
th{width:30%}
details>summary{margin-top:1.25rem;cursor:pointer;color:var(--muted);font-size:.75rem}
@media (max-width:52rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}body{display:block}}
`;
