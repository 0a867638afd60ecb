# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hookctl_global_optspecs
    string join \n json q/quiet v/verbose color= store= timeout= h/help V/version
end

function __fish_hookctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hookctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hookctl_using_subcommand
    set -l cmd (__fish_hookctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hookctl -n "__fish_hookctl_needs_command" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_needs_command" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_needs_command" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_needs_command" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_needs_command" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_needs_command" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_needs_command" -s V -l version -d 'Print version'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "listen" -d 'Receive deliveries, verify and record them'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "send" -d 'Send a signed mock event of a provider'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "load" -d 'Load-test a receiver with deliveries that are all genuine'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "sign" -d 'Print the signature headers for a body'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "verify" -d 'Verify the signature of a captured delivery'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "replay" -d 'Send recorded deliveries again'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "events" -d 'Look at recorded deliveries'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "providers" -d 'Look at the providers that hookctl knows'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "secret" -d 'Print or make the secret of a provider'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "init" -d 'Write a commented hookctl.toml into the current folder'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "config" -d 'Show the configuration and where each value comes from'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "trust" -d 'Accept a project file as it is'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c hookctl -n "__fish_hookctl_needs_command" -f -a "man" -d 'Print the manual page, or write all of them to a folder'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l bind -d 'Receive deliveries here; port 0 takes a free one [default: 127.0.0.1:4400]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l provider -d 'Who sends, where neither path nor headers tell; --secret is for this provider, if it is given' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l allow -d 'Let in only clients from this network or address; others are answered 403. Several may be given' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l rate-limit -d 'How often one client may send: 100/m; more is answered 429' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l schema -d 'Answer 422 to a body that does not fit this JSON Schema, 400 to one that is not JSON' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l respond -d 'Answer so: 503, \'503 after 2s\', \'500,500,200\', \'200:90%,timeout:10%\', \'stripe invoice.* => 500\'. Several rules may be given; the first that fits counts [default: 200]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l seed -d 'Make the mixes of --respond repeatable' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l public-url -d 'The address the providers were given, where they sign it and a tunnel or proxy hides it' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l source -d 'Take deliveries from this channel of smee.io or gosmee, too' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l dedupe-window -d 'Look for earlier deliveries of the same event this far back; 0 for not at all [default: 24h]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l forward-to -d 'Pass deliveries on to this address, and its answer back; several: to all, the first one answers' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l ack -d 'Answer with this status once a delivery is on disk, and forward behind that, with further attempts: 202' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l order -d 'With --ack, the order in which a target gets deliveries: strict, none, or per-key and a jq filter [default: strict]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l retry -d 'With --ack, when a forward is tried again: \'exponential base=1s factor=2 max=6\', \'schedule 5s,30s\', none, …' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-backlog -d 'With --ack, the most deliveries that may wait for a target; more are answered 503 [default: 100000]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l forward-concurrency -d 'With --ack and no strict order, the most calls to a target at once [default: 16]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l cacert -d 'Trust this authority (PEM) for https targets' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l ui -d 'Have the inspector, /healthz, /metrics and development certificates here [default: 127.0.0.1:4401]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l show -d 'Show more than a line of each delivery: headers, body or all' -r -f -a "headers\t'Its request line and headers'
body\t'Its body'
all\t'All of it'"
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l event -d 'Show only deliveries with an event type like this: \'invoice.*\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l filter -d 'Show only deliveries that this jq filter is true for' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l log -d 'Write stderr as a log: with json an object a line, of deliveries too' -r -f -a "text\t'For people'
json\t'A JSON object a line'"
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l exec -d 'Run this program for every delivery, the body on its standard input' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l exec-concurrency -d 'The most that run at once; 1 keeps the order [default: 4]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l exec-timeout -d 'How long one may run; then it is killed [default: 30s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l alert -d 'Say so when this holds, and when it is over: \'error_rate > 10%\', \'silence(stripe) > 1h\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l alert-window -d 'Over how long alerts look back [default: 5m]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l alert-exec -d 'Run this program for every alert, with the alert in JSON on its standard input' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l alert-url -d 'POST every alert in JSON to this address; on another machine with --allow-remote' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l cert -d 'Show this certificate (PEM, with those that vouch for it)' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l key -d 'Its private key (PEM)' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l ready-file -d 'Write the address into this file, or pipe, once it can be connected to' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l exit-after -d 'End after so many deliveries' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l for -d 'End after this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l expect -d 'Wait for such a delivery, valid: \'stripe invoice.*\', \'github push x2\'. Several may be given. When all have come it ends with 0; when not, with 1' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l within -d 'How long --expect waits [default: 30s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-body -d 'The largest body; more is answered 413 [default: 32MiB]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-head -d 'The largest request line and headers; more is answered 431 [default: 64KiB]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-headers -d 'The most headers; more are answered 431 [default: 100]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l head-timeout -d 'How long the headers may take; then 408 [default: 10s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l body-timeout -d 'How long a body may take before slowness counts; below 1 KiB/s then 408 [default: 30s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l idle-timeout -d 'How long a connection may wait for its next request [default: 60s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-connections -d 'The most connections at once; more are answered 503 [default: 1024]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l max-queue -d 'The most deliveries that may wait for the disk; more are answered 503 [default: 1024]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l require-signature -d 'Answer 401 unless the signature is valid'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l validate -d 'Answer 400 to a body that is not the JSON or form it claims to be, 422 to one that is not like the event\'s fixture'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l keep-path -d 'Put the path of the delivery behind that of the target'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l allow-remote -d 'Let targets be on other machines'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l drop-duplicates -d 'Do not forward what repeats an accepted delivery; answer 200'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l insecure -d 'Accept any certificate of https targets'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l no-ui -d 'Do not serve them'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l show-secrets -d 'Show credentials in headers as they are'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l tls -d 'Take TLS connections, HTTP/1.1 and HTTP/2; without --cert with a certificate made for this run'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l to -d 'Send to this URL; several are sent to side by side [default: the subscriptions of the configuration, else a running \'hookctl listen\']' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l tenant -d 'Send to this tenant: its name stands for {tenant} in --to, --header and --set; several are sent to side by side' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l count -d 'Send so many deliveries, each with fresh values' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l rate -d 'Send at this rate: 500/s, 100/m [default: one after the other]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l interval -d 'Send one every so often: 250ms, 5s' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l batch -d 'Put so many events into each delivery, as the provider batches them' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l scenario -d 'Tell this story instead of one event: a scenario of the provider, or a file in the same form' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l speed -d 'Tell it faster: 10x, or max for no wait at all' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l duplicate -d 'Send some events twice: 20%' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l drop -d 'Leave some events out: 5%' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l expect -d 'Expect this status (204, 4xx, 200-299) instead of what the provider accepts' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l format -d 'How --dry-run prints it' -r -f -a "http\t'As it is on the wire'
curl\t'As a curl command'
json\t'As a JSON object'"
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l retry -d 'Try again what is not accepted: \'provider\', \'exponential base=1s factor=2 max=5\', \'schedule 5s,30s,5m\', \'fixed 10s max=3\' [default: none]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l time-scale -d 'Let time go by faster between attempts: 60x, 1000x, or max for no wait at all' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l breaker -d 'When an endpoint that fails is left alone: \'failures=5 cooldown=30s probes=10\', or off' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l set -d 'Change a field: a number, true, false or null if it reads as one, else text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l set-string -d 'Change a field to text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l set-json -d 'Change a field to any JSON' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l unset -d 'Remove a field' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l data -d 'Send this file as the body, byte for byte; - for stdin' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l id -d 'The event\'s id' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l timestamp -d 'Sign for this time: RFC 3339, Unix seconds or \'10m ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l seed -d 'Make the same ids, times and names each time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l header -d 'Add a header, or replace the provider\'s' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l bearer -d 'Add \'Authorization: Bearer TOKEN\'; env:NAME, file:PATH and - as for --secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l idempotency-key -d 'Set the provider\'s idempotency header, or \'Idempotency-Key\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l url -d 'Sign for this address instead of the one it is sent to, as behind a tunnel' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l tamper -d 'Break one thing, to see the receiver refuse it' -r -f -a "body\t'Something that is signed, after signing: a byte of the body, normally'
signature\t'The signature itself'
timestamp\t'The time: signed for the day before'
header\t'The signature header: it is left out'
secret\t'The secret: signed with another one of the same form'"
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l cacert -d 'Trust this certificate authority (PEM) for https targets' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l handshake -d 'Play the provider\'s side of its registration handshake, and check the answer; EVENT names one of several'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l list -d 'List the events of the provider and send nothing'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l list-scenarios -d 'List the scenarios of the provider and send nothing'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l shuffle -d 'Tell it in another order'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l watch -d 'Send the body of --data again whenever its file is saved, and show what differs in the answer'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l dry-run -d 'Print the request and send nothing'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l resume -d 'Go on with what was interrupted; secrets that were typed must be given again'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l discard -d 'Forget what was interrupted; the deliveries and their attempts stay recorded'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l insecure -d 'Accept any certificate of https targets'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l provider -d 'The provider [default: the one that the URL\'s path names, else generic]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l event -d 'An event type and how often it is sent compared with the others; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l data -d 'Send this file as the body, byte for byte; - for stdin' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l payload-size -d 'Fill bodies up to this size; several with weights: 1KiB=9 and 64KiB=1' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l batch -d 'Put so many events into each request, as the provider batches them' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l from-events -d 'Send captures instead of fresh events: all, 3..7, latest, an id or a file; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l filter -d 'With --from-events: only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l header -d 'Add a header, or replace the provider\'s' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l url -d 'Sign for this address instead of the one it is sent to, as behind a tunnel' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l seed -d 'Make the same ids and values each time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l rate -d 'Open loop: start so many requests, whatever the receiver does: 500/s, 100/m' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l concurrency -d 'Closed loop: so many connections, each with one request in flight [default: 50]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l stage -d 'Open loop: go from one rate to another, evenly; several follow each other' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l burst -d 'Open loop: so many more requests at once, at the start and then each DURATION' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l speed -d 'Open loop, with --from-events: keep their order and gaps (1x), or shorten the gaps (10x)' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l duration -d 'How long requests are started [default: 10s]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l requests -d 'How many requests are sent' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l warm-up -d 'Before that, send without counting' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l max-in-flight -d 'Open loop: requests in flight beyond which starts are dropped [default: 10000]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l threads -d 'Threads that send [default: as many as make sense]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l duplicates -d 'Send this share of deliveries that were accepted once more: same id and body, a signature of its own' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l invalid -d 'Sign this share wrongly: they must be refused' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l abort-on -d 'End early as soon as this holds: \'error_rate > 50%\', \'p99 > 5s\'; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l probe-url -d 'After the run, ask this URL how many distinct events the receiver processed, for \'lost\' and \'doubled\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l probe-cmd -d 'The same, from what this command prints: a number, {"distinct":N,"processed":M}, or ids' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l shard -d 'Do one part of the plan: 3/8 is the third of eight hookctls that were started alike' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l start-at -d 'Start the first request at this time: RFC 3339 or Unix seconds' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l http-version -d 'Speak this HTTP; over plain TCP HTTP/2 begins without asking [default: 1.1]' -r -f -a "1.1\t'HTTP/1.1, one request at a time on each connection'
2\t'HTTP/2'"
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l streams -d 'HTTP/2: so many requests share a connection [default: 1]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l cacert -d 'Trust this certificate authority (PEM) for https targets' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l assert -d 'What must hold, or the exit code is 1: \'p99 < 250ms\', \'error_rate < 1%\'; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l baseline -d 'Compare with this earlier report: a .json file' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l report -d 'Write a report: .json, .html, .xml (JUnit), .md, .csv or .hgrm; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l set -d 'Change a field: a number, true, false or null if it reads as one, else text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l set-string -d 'Change a field to text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l set-json -d 'Change a field to any JSON' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l unset -d 'Remove a field' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l emit -d 'Print the plan for another program, and send nothing' -r -f -a "kubernetes\t'An Indexed Job whose pods are shards, and a job that merges their reports'
k6\t'A script for k6'"
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l pods -d 'kubernetes: how many pods share the plan [default: 4]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l image -d 'kubernetes: an image with hookctl and a shell [default: hookctl and its version]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l allow-remote -d 'Hit another machine than this one'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l allow-missed-rate -d 'Exit 0 although the rate asked for was missed by more than 1%'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l insecure -d 'Accept any certificate of https targets'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l github-summary -d 'Append the report to the summary of a GitHub Actions job, if this is one'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -a "report" -d 'Show a saved report again, and write it in other forms'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and not __fish_seen_subcommand_from report merge" -a "merge" -d 'Put the reports of shards together'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l assert -d 'What must hold, or the exit code is 1: \'p99 < 250ms\', \'error_rate < 1%\'; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l baseline -d 'Compare with this earlier report: a .json file' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l report -d 'Write a report: .json, .html, .xml (JUnit), .md, .csv or .hgrm; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l github-summary -d 'Append the report to the summary of a GitHub Actions job, if this is one'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l assert -d 'What must hold, or the exit code is 1: \'p99 < 250ms\', \'error_rate < 1%\'; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l baseline -d 'Compare with this earlier report: a .json file' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l report -d 'Write a report: .json, .html, .xml (JUnit), .md, .csv or .hgrm; several' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l allow-missed-rate -d 'Pass although the rate asked for was missed by more than 1%'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l github-summary -d 'Append the report to the summary of a GitHub Actions job, if this is one'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand load; and __fish_seen_subcommand_from merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l data -d 'The body\'s file; - for stdin' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l url -d 'The address that is signed, where the provider signs it' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l method -d 'The method, where the provider signs it' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l timestamp -d 'Sign for this time: RFC 3339, Unix seconds or \'10m ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l id -d 'The message id, where the provider signs one' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l header -d 'A header of the request, where the signature depends on it' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l redact -d 'Mask credentials: a token that is sent as it is'
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l provider -d 'Who sent it, where the request does not tell' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l body -d 'The body, instead of the capture\'s; - for stdin' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l header -d 'A header of the request, added or replaced' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l url -d 'The address that the provider was given' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l method -d 'The method of the request' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l tolerance -d 'How old the timestamp may be: a duration, or off' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l at -d 'Judge as of this time: RFC 3339, Unix seconds or \'10m ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l thorough -d 'Try everything that could be the cause, however long it takes'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l explain -d 'Show how the signature is verified, step by step'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l show-secrets -d 'Show expected and found signatures whole'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l from -d 'Send the requests in this file instead; - for stdin' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l to -d 'Send to this URL; several are sent to side by side [default: see --help]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l provider -d 'Only of this provider' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l event -d 'Only of these event types, as a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l filter -d 'Only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l verdict -d 'Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l since -d 'Only from this time on: RFC 3339, Unix seconds or \'1h ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l until -d 'Only before this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l limit -d 'At most so many, the newest ones' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l sign -d 'Make signatures anew, or keep everything as it was recorded [default: fresh where the secret is known]' -r -f -a "fresh\t'Time and signature are made anew'
keep\t'Everything stays as it was recorded, byte for byte'"
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l url -d 'Sign for this address instead of the one it is sent to, as behind a tunnel' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l set -d 'Change a field: a number, true, false or null if it reads as one, else text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l set-string -d 'Change a field to text' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l set-json -d 'Change a field to any JSON' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l unset -d 'Remove a field' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l speed -d 'Keep the recorded gaps (1x), shorten them (10x), or leave none (max) [default: max]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l order -d 'In which order' -r -f -a "recorded\t'As they arrived'
shuffled\t'As chance has it'
reversed\t'The last one first'"
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l repeat -d 'Send all of them so many times' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l concurrency -d 'So many at once [default: 1, which keeps the order; 64 with recorded gaps]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l seed -d 'Shuffle, and make new ids, the same way each time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l ignore -d 'With --compare: leave out what is at this path or below it; a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l expect -d 'Expect this status (204, 4xx, 200-299) instead of what the provider accepts' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l retry -d 'Try again what is not accepted: \'provider\', \'exponential base=1s factor=2 max=5\', \'schedule 5s,30s,5m\', \'fixed 10s max=3\' [default: none]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l time-scale -d 'Let time go by faster between attempts: 60x, 1000x, or max for no wait at all' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l breaker -d 'When an endpoint that fails is left alone: \'failures=5 cooldown=30s probes=10\', or off' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l cacert -d 'Trust this certificate authority (PEM) for https targets' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l allow-remote -d 'Let requests leave this machine'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -s y -l yes -d 'Do not ask before sending several'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l failed -d 'Only those that were not answered 2xx'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l dead -d 'Only dead letters: tried, never accepted, and not to be tried again'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l pending -d 'Only those that an interrupted \'send\' or \'replay\' has left to be tried'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l sent -d 'Those that hookctl sent, instead of those it received'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l new-ids -d 'Give each delivery an event id of its own, of the same form'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l compare -d 'Compare the answers with the recorded ones; exit with 1 if a status has changed'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l resume -d 'Go on with what was interrupted; secrets that were typed must be given again'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l discard -d 'Forget what was interrupted; the deliveries and their attempts stay recorded'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l insecure -d 'Accept any certificate of https targets'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "list" -d 'List deliveries, the newest first'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "show" -d 'Show one delivery whole'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "diff" -d 'Compare two deliveries'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "stats" -d 'Count and measure deliveries'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "schema" -d 'Infer a JSON Schema from captures, compare them with one, or tell when their shape changes'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "export" -d 'Write deliveries to a file that others can read, or to stdout'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "import" -d 'Record the deliveries in a file as captures'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "fixture" -d 'Make an event of your own from a capture'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "delete" -d 'Delete deliveries and their attempts'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "prune" -d 'Delete what is old, or more than there is room for'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and not __fish_seen_subcommand_from list show diff stats schema export import fixture delete prune check" -f -a "check" -d 'Look through the whole store for damage'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l provider -d 'Only of this provider' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l event -d 'Only of these event types, as a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l filter -d 'Only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l verdict -d 'Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l since -d 'Only from this time on: RFC 3339, Unix seconds or \'1h ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l until -d 'Only before this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l limit -d 'At most so many, the newest ones' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns, in this order' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l failed -d 'Only those that were not answered 2xx'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l dead -d 'Only dead letters: tried, never accepted, and not to be tried again'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l pending -d 'Only those that an interrupted \'send\' or \'replay\' has left to be tried'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l sent -d 'Those that hookctl sent, instead of those it received'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -s f -l follow -d 'Go on with what arrives, the newest last'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l raw -d 'The body, byte for byte'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l http -d 'The request as it was on the wire'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l curl -d 'A curl command that sends the same request'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l normalized -d 'A CloudEvent, with the type that means the same for every provider'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l redact -d 'With --http or --curl: mask credentials'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l show-secrets -d 'Show credentials instead of masking them'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l ignore -d 'Leave out what is at this path or below it; a glob: data.object.*, header:user-agent, request:path' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l strict -d 'Let signatures, times, ids and lengths count like everything else'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l header-order -d 'Compare the order of headers, too'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l show-secrets -d 'Show credentials instead of masking them'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l provider -d 'Only of this provider' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l event -d 'Only of these event types, as a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l filter -d 'Only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l verdict -d 'Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l since -d 'Only from this time on: RFC 3339, Unix seconds or \'1h ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l until -d 'Only before this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l limit -d 'At most so many, the newest ones' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l failed -d 'Only those that were not answered 2xx'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l dead -d 'Only dead letters: tried, never accepted, and not to be tried again'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l pending -d 'Only those that an interrupted \'send\' or \'replay\' has left to be tried'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l sent -d 'Those that hookctl sent, instead of those it received'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l against -d 'Compare with the schema in this file' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l provider -d 'Only of this provider' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l event -d 'Only of these event types, as a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l filter -d 'Only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l verdict -d 'Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l since -d 'Only from this time on: RFC 3339, Unix seconds or \'1h ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l until -d 'Only before this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l limit -d 'At most so many, the newest ones' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l changes -d 'Tell which captures changed the shape of their event type, and how'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l watch -d 'Tell that of what arrives from now on, until interrupted'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l failed -d 'Only those that were not answered 2xx'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l dead -d 'Only dead letters: tried, never accepted, and not to be tried again'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l pending -d 'Only those that an interrupted \'send\' or \'replay\' has left to be tried'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l sent -d 'Those that hookctl sent, instead of those it received'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -s o -l output -d 'Write to this file instead of stdout; it appears whole or not at all' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l format -d 'The form' -r -f -a "ndjson\t'hookctl\'s own: a JSON object a line, nothing is lost'
har\t'HTTP Archive 1.2, for browsers and proxies'
curl\t'A curl command each'
hurl\t'A hurl file that sends them and expects the same statuses'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l provider -d 'Only of this provider' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l event -d 'Only of these event types, as a glob' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l filter -d 'Only those for which this jq filter gives something other than false and null' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l verdict -d 'Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l since -d 'Only from this time on: RFC 3339, Unix seconds or \'1h ago\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l until -d 'Only before this time' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l limit -d 'At most so many, the newest ones' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l force -d 'Overwrite the file that is there'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l redact -d 'Mask credentials in headers and addresses; bodies stay as they are'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l anonymize -d 'Replace what could tell a person or an account, and sign anew with a secret that travels along'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l failed -d 'Only those that were not answered 2xx'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l dead -d 'Only dead letters: tried, never accepted, and not to be tried again'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l pending -d 'Only those that an interrupted \'send\' or \'replay\' has left to be tried'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l sent -d 'Those that hookctl sent, instead of those it received'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l provider -d 'Who sent them, where the file does not tell' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l secret -d 'The secret: its text, env:NAME, file:PATH or - for stdin; several while one is being rotated' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l at -d 'When they arrived, where the file does not tell [default: now]' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l provider -d 'Who sent it, where the capture does not tell' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l dir -d 'Write below this folder instead of \'providers_dir\'' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l stdout -d 'Print it instead'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l force -d 'Overwrite the file that is there'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from fixture" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l older-than -d 'Delete what arrived longer ago' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l max-size -d 'Delete the oldest until the rest takes no more than this' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l compact -d 'Make the file shorter, too; whoever records meanwhile goes on'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l dry-run -d 'Say what would be deleted, and delete nothing'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -s y -l yes -d 'Do not ask'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand events; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -f -a "list" -d 'List all providers'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -f -a "show" -d 'Show how a provider signs and which events it has'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and not __fish_seen_subcommand_from list show check" -f -a "check" -d 'Check a folder of your own providers: read, render, sign and verify everything in it'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand providers; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l write-env -d 'Write it as NAME=… into an environment file, and keep the other lines' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l rotate -d 'Make a new development secret; the one before it still verifies'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l public -d 'Print what a receiver needs: the public half of a key pair'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand secret" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -l force -d 'Overwrite the file that is there'
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l list -d 'List what is accepted'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l revoke -d 'Accept it no more'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand trust" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -l dir -d 'Write a page for each command into this folder' -r -F
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -l color -d 'Use colour: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -l store -d 'Keep deliveries in this file, or in memory with \':memory:\'' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -l timeout -d 'Time limit for each request that hookctl makes' -r
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -l json -d 'Print JSON, one object a line'
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -s v -l verbose -d 'Say more on stderr'
complete -c hookctl -n "__fish_hookctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
