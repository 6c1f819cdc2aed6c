// Months that were metered elsewhere: each source by its convention, once and only once, and what cannot be
// booked is told with its line while the rest is booked.
import Foundation
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ImportTests {
    private static let prices = """
        tollbook migrate > /dev/null
        mkdir prices
        cat > prices/openai.yaml <<'YAML'
        provider: openai
        currency: USD
        prices:
        - id: openai/gpt-x/2026
          models: [gpt-x]
          from: 2026-01-01
          source: https://example.com
          checked: 2026-10-01
          rates:
            in.text.fresh: {amount: "1", per: 1000000}
            in.text.cache_read: {amount: "0.1", per: 1000000}
            in.text.cache_write: {amount: "1.25", per: 1000000}
            out.text: {amount: "10", per: 1000000}
          same_as: {out.text.reasoning: out.text}
        YAML
        cat > prices/openrouter.yaml <<'YAML'
        provider: openrouter
        currency: USD
        prices:
        - id: openrouter/any
          models: ["*"]
          from: 2026-01-01
          source: https://example.com
          checked: 2026-10-01
          rates: {provider_cost.usd: {amount: "1", per: 1}}
        YAML
        tollbook prices load --prices prices > /dev/null

        """

    private static let fields = """
        tollbook records --format jsonl | python3 -c '
        import json, sys
        for line in sys.stdin:
            r = json.loads(line)
            meters = r["components"][0]["meters"] if r["components"] else {}
            print(r["occurred_at"][:19], r["tenant"], r["user"], r["provider"], r["model"], r["api"], r["billable"],
                  r["input_tokens"], meters, r["cost"]["list"])'

        """

    @Test(
        "complaint 18: LiteLLM's rows are inclusive; cached answers and failures cost nothing; twice is once"
    )
    func liteLLM() throws {
        let done = try ReconciliationTests.run(
            Self.prices + """
                cp "$HERE/Rows/litellm.jsonl" logs.jsonl
                tollbook import litellm-spend-logs logs.jsonl --dry-run 2> /dev/null || test $? = 1
                tollbook import litellm-spend-logs logs.jsonl || test $? = 1
                cut -c1-35 logs.jsonl.rejected
                { echo '['; sed -n '1,3s/$/,/p' logs.jsonl; sed -n 7p logs.jsonl; echo ']'; } > logs.json
                tollbook import litellm-spend-logs logs.json

                """ + Self.fields + """
                    tollbook report --month 2026-09 --format csv --by tenant | cut -d, -f1,2,8
                    tollbook report --month 2026-09 | grep -o '0 missing in sequence'
                    """)
        #expect(done.status == 0, "\(done.stderr)")
        #expect(
            done.stdout == """
                7 rows: 3 records would be booked, 1 known already, 3 rejected
                7 rows: 3 records booked, 1 known already, 3 rejected
                {"line":4,"problem":"this is no JSO
                {"line":5,"problem":"no startTime o
                {"line":6,"problem":"prompt_tokens:
                4 rows: 0 records booked, 4 known already
                2026-09-01T10:00:00 acme ada openai gpt-x chat_completions True 1000 \
                {'in.text.cache_read': 400, \
                'in.text.cache_write': 100, 'in.text.fresh': 500, 'out.text': 50, \
                'out.text.reasoning': 150} 0.002665
                2026-09-01T11:00:00 unattributed None openai gpt-x chat_completions False 10 \
                {'in.text.fresh': 10, 'out.text': 1} 0
                2026-09-01T12:00:00 unattributed None openai gpt-x other False 0 \
                {'in.text.fresh': 0, 'out.text': 0} 0
                tenant,requests,cost_list
                acme,1,0.002665
                unattributed,2,0
                0 missing in sequence

                """, "\(done.stdout)")
        #expect(done.stderr.contains("line 4: this is no JSON"))
        #expect(done.stderr.contains("[import.rejected]"))
    }

    @Test("OpenRouter's generations cost what they state, as CSV or JSON, and are the same record in both")
    func openRouter() throws {
        let done = try ReconciliationTests.run(
            Self.prices + """
                cp "$HERE/Rows/openrouter.csv" activity.csv
                cp "$HERE/Rows/openrouter.jsonl" one.jsonl
                tollbook import openrouter activity.csv --tenant acme --rejected bad || test $? = 1
                tollbook import openrouter one.jsonl --tenant acme
                cut -c1-60 bad

                """ + Self.fields)
        #expect(done.status == 0, "\(done.stderr)")
        #expect(
            done.stdout == """
                3 rows: 1 record booked, 2 rejected
                1 row: 0 records booked, 1 known already
                {"line":3,"problem":"'oops' is no cost","content":"gen-2,202
                {"line":4,"problem":"3 fields under a header of 9","content"
                2026-09-02T08:00:00 acme ada, b openrouter vendor/m-1 chat_completions True 100 \
                {'in.text.cache_read': 10, 'in.text.fresh': 90, 'out.text': 15, \
                'out.text.reasoning': 5} 0.0123

                """, "\(done.stdout)")
    }

    @Test("what one ledger lists another one books: the same records, the same money")
    func normalized() throws {
        let done = try ReconciliationTests.run(
            Self.prices + """
                for n in $(seq 1 1203); do
                    printf '{"id":"c%d","tenant":"t%d","provider":"openai",' $n $((n % 3))
                    printf '"occurred_at":"2026-09-03T%02d:%02d:07Z",' $((n % 24)) $((n % 60))
                    printf '"model":"gpt-x","api":"chat_completions",'
                    printf '"input_tokens":%d,"cache_read_tokens":7,' $((n + 7))
                    printf '"output_tokens":%d,"reasoning_tokens":1,"labels":{"team":"x"}}\\n' $((n + 1))
                done > one.jsonl
                tollbook import jsonl one.jsonl
                tollbook records --format jsonl > listed.jsonl
                tollbook report --month 2026-09 --by tenant --format csv > first.csv
                tollbook import jsonl listed.jsonl
                tollbook report --month 2026-09 --by tenant --format csv | cmp - first.csv
                cut -d, -f1,2,3,8 first.csv
                echo '{"occurred_at":"2026-09-03","id":"x","components":[{"role":"nobody"}]}' > bad.jsonl
                code 1 tollbook import jsonl bad.jsonl > bad.txt 2>&1; head -2 bad.txt
                """)
        #expect(done.status == 0, "\(done.stderr)")
        #expect(
            done.stdout == """
                1,203 rows: 1,203 records booked
                1,203 rows: 0 records booked, 1,203 known already
                tenant,requests,input_tokens,cost_list
                t0,401,244610,2.6641237
                t2,401,244209,2.6597127
                t1,401,243808,2.6553017
                1 row: 0 records booked, 1 rejected
                error: 1 row cannot be booked

                """, "\(done.stdout)")
        // By hand, of t0: the counts 3, 6 … 1203 add up to 241,803; 241,803 × 1 + 2,807 × 0.1
        // + 242,204 × 10 millionths of a dollar.
    }
}
