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
  'ASSETS.PRODUCT_READY': 'AssetsProductReady',
  'AUTH.AUTOMATICALLY_VERIFIED': 'AutomaticallyVerified',
  'AUTH.VERIFICATION_EXPIRED': 'VerificationExpired',
  'HOLDINGS.DEFAULT_UPDATE': 'HoldingsDefaultUpdate',
  'IDENTITY_VERIFICATION.STATUS_UPDATED': 'IdentityVerificationStatusUpdated',
  'ITEM.ERROR': 'ItemError',
  'ITEM.LOGIN_REPAIRED': 'ItemLoginRepaired',
  'ITEM.NEW_ACCOUNTS_AVAILABLE': 'NewAccountsAvailable',
  'ITEM.PENDING_DISCONNECT': 'PendingDisconnect',
  'ITEM.PENDING_EXPIRATION': 'PendingExpiration',
  'ITEM.USER_ACCOUNT_REVOKED': 'UserAccountRevoked',
  'ITEM.USER_PERMISSION_REVOKED': 'UserPermissionRevoked',
  'ITEM.WEBHOOK_UPDATE_ACKNOWLEDGED': 'WebhookUpdateAcknowledged',
  'LIABILITIES.DEFAULT_UPDATE': 'LiabilitiesDefaultUpdate',
  'LINK.SESSION_FINISHED': 'LinkSessionFinished',
  'PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE': 'PaymentStatusUpdate',
  'TRANSACTIONS.DEFAULT_UPDATE': 'DefaultUpdate',
  'TRANSACTIONS.HISTORICAL_UPDATE': 'HistoricalUpdate',
  'TRANSACTIONS.INITIAL_UPDATE': 'InitialUpdate',
  'TRANSACTIONS.RECURRING_TRANSACTIONS_UPDATE': 'RecurringTransactionsUpdate',
  'TRANSACTIONS.SYNC_UPDATES_AVAILABLE': 'SyncUpdatesAvailable',
  'TRANSACTIONS.TRANSACTIONS_REMOVED': 'TransactionsRemoved',
  'TRANSFER.TRANSFER_EVENTS_UPDATE': 'TransferEventsUpdate'
}

const INTERACTIVE = {
  block_actions: 'BlockAction',
  message_action: 'MessageShortcut',
  shortcut: 'GlobalShortcut',
  view_submission: 'ViewSubmitAction'
}

const TWITCH = {
  'channel.channel_points_custom_reward_redemption.add': 'ChannelRedemptionAdd',
  'channel.channel_points_custom_reward_redemption.update': 'ChannelRedemptionUpdate',
  'channel.hype_train.begin': 'ChannelHypeTrainBeginV2',
  'channel.hype_train.end': 'ChannelHypeTrainEndV2',
  'channel.moderator.add': 'ChannelModerator',
  'channel.subscribe': 'ChannelSubscription'
}
const twitch = (event) => `EventSub${TWITCH[event] ?? pascal(event)}Event`

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
  easypost: ["import type { IEvent } from '../../node_modules/@easypost/api/types/Event/Event.js'", always('IEvent')],
  gocardless: [
    "import type { Event } from '../../node_modules/gocardless-nodejs/types/types/Types.js'",
    (_, { events }) => ['Event', events[0]]
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
    "import type { GenericMessageEvent, SlackEvent } from '@slack/types'; " +
      `import type { ${Object.values(INTERACTIVE).join(', ')} } from '@slack/bolt'`,
    (kind, { type, event }) => {
      if (INTERACTIVE[kind]) return [INTERACTIVE[kind]]
      if (type !== 'event_callback') return null // the question whether an address is right
      return kind === 'message' ? ["Omit<GenericMessageEvent, 'subtype'>", event] : [by('SlackEvent')(kind)[0], event]
    }
  ],
  square: [
    "import type * as Square from '../../node_modules/square/serialization/index.js'",
    (event) => [`Square.${pascal(event)}Event.Raw`]
  ],
  stream: ["import type { Event } from 'stream-chat'", always('Event')],
  stripe: ["import type Stripe from 'stripe'", by('Stripe.Event')],
  telegram: ["import type { Update } from 'grammy/types'", always('Update')],
  telnyx: ["import type { UnwrapWebhookEvent } from 'telnyx/resources/webhooks'", always('UnwrapWebhookEvent')],
  twitch: [
    '',
    (event, { event: happened }) => {
      if (!happened) return null // the question whether an address is right
      const file = `../../node_modules/@twurple/eventsub-base/lib/events/${twitch(event)}.external.js`
      return [`import('${file}').${twitch(event)}Data`, happened]
    }
  ],
  workos: ["import type { EventResponse } from '@workos-inc/node'", by('EventResponse', 'event')],
  zoom: [
    "import type { MeetingsEvents } from '@zoom/rivet/meetings'; import type { UsersEvents } from '@zoom/rivet/users'; " +
      "import type { AppDeauthorizedEvent } from '@zoom/rivet/marketplace'",
    (event) => event === 'endpoint.url_validation' ? null : by('MeetingsEvents | UsersEvents | AppDeauthorizedEvent', 'event')(event)
  ]
}

// Where the types are known to be wrong of what is sent: what they say, and who says otherwise.
const MEMBERSHIPS = ['organization_memberships', "not demanded by Clerk's OpenAPI description of its webhooks, nor in its examples: github.com/clerk/openapi-specs"]
const CANCELED = ['canceled_at', "null until it happens, says Clerk's OpenAPI description of its webhooks: github.com/clerk/openapi-specs"]
const CREDIT = ['credit_applied_to_balance', "null for what is no credit: developer.paddle.com/webhooks/adjustments/adjustment-created; Paddle's SDK for Python has it so"]
const DISPUTE = ['data.object', "the dispute is at `dispute`, as in the examples of Square's SDKs, and not at `object`: developer.squareup.com/reference/square/webhooks/dispute.created"]
const TRAIN = ['shared_train_participants', "null where the train is not shared, as in Twitch's own example: dev.twitch.tv/docs/eventsub/eventsub-subscription-types/#channelhype_trainbegin-v2"]
const ENTERPRISE = ['enterprise', 'null for a workspace of no enterprise, as in captures that developers have published']
const WRONG = {
  'clerk user.created': MEMBERSHIPS,
  'clerk user.updated': MEMBERSHIPS,
  'clerk session.created': MEMBERSHIPS,
  'clerk session.ended': MEMBERSHIPS,
  'clerk session.removed': MEMBERSHIPS,
  'clerk session.revoked': MEMBERSHIPS,
  'clerk subscription.active': CANCELED,
  'clerk subscription.created': CANCELED,
  'clerk subscription.pastDue': CANCELED,
  'paddle adjustment.created': CREDIT,
  'paddle adjustment.updated': CREDIT,
  'slack block_actions': ENTERPRISE,
  'slack message_action': ENTERPRISE,
  'slack shortcut': ENTERPRISE,
  'slack view_submission': ENTERPRISE,
  'square dispute.created': DISPUTE,
  'square dispute.state.updated': DISPUTE,
  'twitch channel.hype_train.begin': TRAIN,
  'twitch channel.hype_train.end': TRAIN
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
    const inner = new URLSearchParams(body).get('payload') // a form with JSON in it
    if (!body.startsWith('{') && !inner) continue
    const payload = JSON.parse(inner ?? body)
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
