// Runs the chat of page.js in a real browser, on a page of another origin than the
// server: every client, over every way that it has. Fails with an exit code and a text.
'use strict'

const { chromium } = require('playwright-core')

// page, browser, base, runs: kind, transport, group, ann and bob: token, id
const story = JSON.parse(process.argv[2])

const scripts = [
  '@stomp/stompjs/bundles/stomp.umd.min.js',
  'sockjs-client/dist/sockjs.min.js',
  'stompjs/lib/stomp.min.js'
].map(path => 'node_modules/' + path).concat('page.js')

async function main () {
  const browser = await chromium.launch({
    executablePath: story.browser,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  try {
    const page = await browser.newPage()
    await page.goto(story.page)
    for (const path of scripts) await page.addScriptTag({ path })
    for (const run of story.runs) {
      const begun = Date.now()
      await page.evaluate(r => window.chat(r), { ...run, base: story.base }).catch(e => { throw new Error(`${run.kind} over ${run.transport}: ${e.message}`) })
      console.log(`${run.kind} over ${run.transport}: ${Date.now() - begun} ms`)
    }
  } finally {
    await browser.close()
  }
}

main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
