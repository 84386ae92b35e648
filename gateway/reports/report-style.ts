/** The report's style sheet: to be read on a screen, in light or dark, and to be printed on A4. */
export const STYLE = `
:root{color-scheme:light dark;--canvas:light-dark(#f5f7f6,#0d1312);--surface:light-dark(#fff,#141c1a);
--line:light-dark(#dfe5e2,#26312e);--ink:light-dark(#14201d,#e9efed);--muted:light-dark(#495650,#aebab6);
--accent:light-dark(#0b6b60,#54cbb6);--soft:light-dark(#e2f2ee,#123029);--warn:light-dark(#805100,#f0b955);
--warnsoft:light-dark(#fdf2da,#2f2510)}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:.875rem/1.5 Inter,system-ui,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:2.5rem clamp(1rem,4vw,3rem)}
h1{margin:0;font-size:1.625rem;letter-spacing:-.01em}
h2{margin:2.25rem 0 .5rem;font-size:1.0625rem;break-after:avoid}
h3{margin:1.25rem 0 .25rem;font-size:.875rem;break-after:avoid}
p{margin:.25rem 0;max-width:48rem;color:var(--muted)}
.frame{margin-top:1rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:.75rem;background:var(--surface)}
.verdict{margin:1.25rem 0;padding:.875rem 1.25rem;border-radius:.75rem;background:var(--soft);color:var(--accent);font-weight:600}
.verdict.open{background:var(--warnsoft);color:var(--warn)}
.verdict ul{margin:.5rem 0 0;padding-left:1.125rem;font-weight:400;color:var(--ink)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;background:var(--surface)}
th,td{padding:.3125rem .75rem .3125rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top;
overflow-wrap:anywhere}
thead th{border-top:0;color:var(--muted);font-size:.75rem;font-weight:500}
td.n,th.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
td.t{white-space:nowrap}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.25rem;margin:0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
code{font:.75rem/1.5 ui-monospace,'Cascadia Code',Menlo,monospace;overflow-wrap:anywhere}
i{font-style:normal;color:var(--warn)}
@media (max-width:36rem){dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:.375rem}}
@media print{@page{size:A4;margin:16mm 14mm}:root{color-scheme:light}body{background:none;font-size:9pt}
main{max-width:none;padding:0}.frame{border-color:#aaa}.scroll{overflow:visible}thead{display:table-header-group}
tr,.verdict,dl{break-inside:avoid}th,td{border-color:#ccc}}
`;
