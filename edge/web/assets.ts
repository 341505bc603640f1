/** The only style sheet and script of the technician's page, served as files so that the content policy can forbid everything inline. */
export const STYLE = `:root{color-scheme:light dark;font:16px/1.45 system-ui,"Noto Sans",sans-serif}
[hidden]{display:none!important}:focus-visible{outline:3px solid #b35900;outline-offset:2px}body{margin:0;background:Canvas;color:CanvasText}header{display:flex;justify-content:space-between;align-items:center;padding:.5rem 1rem;border-bottom:1px solid #8885;gap:.4rem 1rem;flex-wrap:wrap}header form{display:flex;align-items:center;gap:.6rem;margin-left:auto}header button small{display:inline!important}
h1{font-size:1.15rem;margin:0}h2{font-size:1rem;margin:1rem 0 .4rem}h3{font-size:.95rem;margin:.9rem 0 .2rem}main{max-width:46rem;margin:auto;padding:0 1rem 2rem}
nav{display:flex;border-bottom:1px solid #8885}nav a{flex:0 1 auto;padding:.7rem .9rem;color:inherit;text-decoration:none;border-bottom:3px solid transparent;line-height:1.2}@media(max-width:30rem){nav a{flex:1 1 0;min-width:0;padding:.6rem .15rem;text-align:center;font-size:.88rem;overflow-wrap:anywhere}}nav small{display:block}nav a[aria-current]{border-bottom-color:#0b63c5;font-weight:600}
figure{margin:1rem 0;background:#000;text-align:center}figure img{width:100%;image-rendering:auto;display:block}figcaption{background:Canvas;font-size:.85rem;padding:.2rem}
small{opacity:.7;font-size:.8em}dl{margin:0}dl div{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:1rem;border-bottom:1px solid #8883;padding:.3rem 0}dt{overflow-wrap:anywhere}dd{margin:0;text-align:right;overflow-wrap:anywhere}
label{display:block;margin:.6rem 0}input,select,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box;border-radius:.4rem;border:1px solid #8888}header button{width:auto;padding:.3rem .6rem}button{background:#0b63c5;color:#fff;border:0}
.login{max-width:22rem;padding-top:1.5rem}.line{display:block}summary h2{display:inline-block}.bad,.critical{color:#b3261e}.warning{color:#9a6700}.good{color:#1a7f37}@media(prefers-color-scheme:dark){.bad,.critical{color:#ff8a80}.warning{color:#ffca66}.good{color:#7ee2a0}}
.faults{padding-left:1.1rem}.faults p{margin:.1rem 0 .5rem;color:CanvasText}.alarm{border:2px solid #b3261e;border-radius:.4rem;padding:.2rem .8rem .8rem;margin:.8rem 0}.alarm p{font-weight:600}.danger summary{color:#b3261e;font-weight:600}button.danger{background:#b3261e;margin-top:.4rem}.presets{padding-left:1.1rem}.presets li{margin:.5rem 0}.presets a{white-space:nowrap}@media(prefers-color-scheme:dark){.danger summary{color:#ff8a80}}.control{border:1px solid #8885;border-radius:.4rem;padding:.4rem .8rem;margin:.8rem 0}summary{cursor:pointer;padding:.3rem 0}.hint{font-size:.85rem;opacity:.8}.log{padding-left:2.6rem;font-size:.9rem}.log time{opacity:.7;font-variant-numeric:tabular-nums}.hex{padding-left:1rem;font-size:.85rem}code{overflow-wrap:anywhere}`

export const SCRIPT = `'use strict'
const live = document.getElementById('live'), frame = document.getElementById('frame')
const refresh = async () => {
  if (!live || document.hidden || live.querySelector('details[open]:not(#recent)') || live.contains(document.activeElement)) return
  try {
    const answer = await fetch(live.dataset.from || '/live')
    if (answer.status === 401) return location.reload()
    if (answer.ok) {
      const open = live.querySelector('#recent')?.open === true
      live.innerHTML = await answer.text()
      const recent = live.querySelector('#recent')
      if (recent) recent.open = open
    }
    live.removeAttribute('aria-busy')
    if (frame) frame.src = '/frame.jpg?' + Date.now()
  } catch { live.setAttribute('aria-busy', 'true') }
}
if (live) setInterval(refresh, 2000)
const enrol = /^#enrol=([A-Za-z0-9-]{4,64})$/.exec(location.hash)
if (enrol) sessionStorage.setItem('enrol', enrol[1])
if (sessionStorage.getItem('enrol') && document.querySelector('nav') && location.pathname !== '/commission/enrol') location.replace('/commission/enrol')
`
