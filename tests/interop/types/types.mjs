// What `hookctl send` makes, against the types that the providers' SDKs have for it:
//
//     node types.mjs HOOKCTL [PROVIDER]...
//
// Every event becomes a constant in a file of TypeScript, assigned to the type of its provider. The compiler says what is missing
// or of another kind; more than the type knows is allowed, since providers add fields all the time. json.ts says how the
// types of an SDK, which has read the JSON, are those of JSON. Runs in a folder beside the SDKs. Last line: types: N passed, N failed

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const text = JSON.stringify
const by = (union, key = 'type') => (event) => [`Of<${union}, '${key}', ${text(event)}>`]
const always = (type) => () => [type]
const pascal = (event) => event.split(/[._]/).map((word) => word[0].toUpperCase() + word.slice(1)).join('')

const PLAID = {
  'AUTH.AUTOMATICALLY_VERIFIED': 'AutomaticallyVerified',
  'ITEM.ERROR': 'ItemError',
  'ITEM.LOGIN_REPAIRED': 'ItemLoginRepaired',
  'ITEM.NEW_ACCOUNTS_AVAILABLE': 'NewAccountsAvailable',
  'ITEM.PENDING_DISCONNECT': 'PendingDisconnect',
  'ITEM.USER_PERMISSION_REVOKED': 'UserPermissionRevoked',
  'TRANSACTIONS.DEFAULT_UPDATE': 'DefaultUpdate',
  'TRANSACTIONS.INITIAL_UPDATE': 'InitialUpdate',
  'TRANSACTIONS.SYNC_UPDATES_AVAILABLE': 'SyncUpdatesAvailable',
  'TRANSACTIONS.TRANSACTIONS_REMOVED': 'TransactionsRemoved'
}

// What is imported of an SDK, and of an event and its payload: the type, and the part of the payload that it is of. `null`: the SDK
// has none.
const TYPES = {
  adyen: [
    "import type { NotificationRequestItem } from '../../node_modules/@adyen/api-library/lib/src/typings/notification/notificationRequestItem.js'",
    (_, { notificationItems }) => notificationItems && ['NotificationRequestItem', notificationItems[0].NotificationRequestItem]
  ],
  chargebee: ["import type { WebhookEvent } from 'chargebee'", always('WebhookEvent')],
  clerk: ["import type { WebhookEvent } from '@clerk/backend/webhooks'", by('WebhookEvent')],
  discord: [
    "import type { APIInteraction, APIWebhookEventBody } from 'discord-api-types/v10'",
    (event, payload) => {
      if (event === 'interaction.0') return null // a ping of webhook events, which has neither
      if (/_MESSAGE_/.test(event)) return null // newer than the package
      const [kind, number] = event.split('.')
      return kind === 'interaction' ? [`Of<APIInteraction, 'type', ${number}>`] : [by('APIWebhookEventBody')(event)[0], payload.event]
    }
  ],
  line: ["import type { webhook } from '@line/bot-sdk'", always('webhook.CallbackRequest')],
  linear: ["import type { LinearWebhookPayload } from '@linear/sdk/webhooks'", (_, { type }) => by('LinearWebhookPayload')(type)],
  mux: ["import type { UnwrapWebhookEvent } from '@mux/mux-node/resources/webhooks/webhooks'", by('UnwrapWebhookEvent')],
  notion: [
    "import type * as Notion from '../../node_modules/@notionhq/client/build/src/api-endpoints/webhooks.js'",
    (event) => [`Notion.${pascal(event)}WebhookPayload`]
  ],
  openai: ["import type { UnwrapWebhookEvent } from 'openai/resources/webhooks/webhooks'", by('UnwrapWebhookEvent')],
  paddle: [
    "import type { IEvents } from '../../node_modules/@paddle/paddle-node-sdk/dist/types/types/events/events-response.js'",
    by('IEvents', 'event_type')
  ],
  plaid: ["import type * as Plaid from 'plaid'", (event) => [`Plaid.${PLAID[event]}Webhook`]],
  replicate: ["import type { Prediction } from 'replicate'", always('Prediction')],
  resend: ["import type { WebhookEventPayload } from 'resend'", by('WebhookEventPayload')],
  slack: [
    "import type { GenericMessageEvent, SlackEvent } from '@slack/types'",
    (kind, { type, event }) => {
      if (type !== 'event_callback') return null // the question whether an address is right
      return kind === 'message' ? ["Omit<GenericMessageEvent, 'subtype'>", event] : [by('SlackEvent')(kind)[0], event]
    }
  ],
  stripe: ["import type Stripe from 'stripe'", by('Stripe.Event')],
  telegram: ["import type { Update } from 'grammy/types'", always('Update')],
  telnyx: ["import type { UnwrapWebhookEvent } from 'telnyx/resources/webhooks'", always('UnwrapWebhookEvent')]
}

// Where the types are known to be wrong of what is sent: what they say, and why.
const WRONG = {
  'clerk user.created': ['organization_memberships', 'a user comes with its memberships where it was asked for, and never here'],
  'clerk user.updated': ['organization_memberships', 'as above'],
  'clerk session.created': ['organization_memberships', 'as above'],
  'clerk session.ended': ['organization_memberships', 'as above'],
  'clerk session.removed': ['organization_memberships', 'as above'],
  'paddle adjustment.created': ['credit_applied_to_balance', 'null for what is no credit, says the documentation']
}

const binary = resolve(process.argv[2])
const chosen = process.argv.slice(3)
const here = join(dirname(fileURLToPath(import.meta.url)), 'made')
const home = mkdtempSync(join(tmpdir(), 'hookctl-types-'))
const hookctl = (...args) => {
  const printed = execFileSync(binary, [...args, '--json'], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home } })
  return JSON.parse(printed.trim().split('\n').at(-1))
}

/// A file of TypeScript with the events of a provider, one a line, and which line is whose.
function file (provider) {
  const [imports, typed] = TYPES[provider]
  const lines = [imports, "import { type Json, type Of, json } from '../json.js'"]
  const events = new Map()
  for (const event of hookctl('providers', 'show', provider).events) {
    const { body } = hookctl('send', provider, event, '--dry-run')
    if (!body.startsWith('{')) continue // a form
    const payload = JSON.parse(body)
    const [type, part = payload] = typed(event, payload) ?? []
    if (!type) continue
    const n = lines.push(`{ const made = json(${text(part)}); const typed: Json<${type}> = made; const known: [${type}] extends [never] ? never : 1 = 1 }`)
    events.set(n, event)
  }
  const name = join(here, `${provider}.ts`)
  writeFileSync(name, lines.join('\n') + '\n')
  return { provider, name, events }
}

/// What the compiler says, without the types themselves: where it is, and what is wrong there.
function sentence ({ messageText }) {
  const [first, ...more] = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n').map((line) => line.trim())
  const short = (line) => line.replace(/^(?:Types of property|The types of) '([^']*)'.*/, '$1').replace(/\{.*\}/g, '{…}').slice(0, 300)
  return (more.length ? more : [first]).map(short).join('\n    ')
}

rmSync(here, { recursive: true, force: true })
mkdirSync(here)
const files = Object.keys(TYPES).filter((name) => !chosen.length || chosen.includes(name)).map(file)
const program = ts.createProgram(files.map(({ name }) => name), {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022
})
let passed = 0
let failed = 0
const fail = (what, why) => { failed++; console.log(`--- FAILED ${what}\n    ${why}`) }
for (const { provider, name, events } of files) {
  const source = program.getSourceFile(name)
  const problems = new Map()
  for (const problem of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
    const line = source.getLineAndCharacterOfPosition(problem.start).line + 1
    if (events.has(line)) problems.set(line, [...(problems.get(line) ?? []), sentence(problem)])
    else fail(provider, sentence(problem))
  }
  for (const [line, event] of events) {
    const why = (problems.get(line) ?? []).join('\n    ')
    const [expected] = WRONG[`${provider} ${event}`] ?? []
    if (expected ? why.includes(expected) : !why) passed++
    else fail(`${provider} ${event}`, why || `'${expected}' is not wrong any more`)
  }
}
rmSync(home, { recursive: true, force: true })
console.log(`types: ${passed} passed, ${failed} failed`)
process.exit(failed || !passed ? 1 : 0)
