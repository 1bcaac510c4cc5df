;; A guest that does harm in the way that it is told, by number. With `caught` it does so within a catch-all, and
;; begins again whenever something is caught.
(component
  (import "hermes:gate/api" (instance $gate
    (export "ticket" (type $ticket (sub resource)))
    (export "wait" (func (param "n" u32) (result u32)))
    (export "make" (func (param "n" u32) (result (own $ticket))))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (export "now" (func (result u64)))))
  (import "hermes:logging/api" (instance $logging
    (type $l (enum "debug" "trace" "info" "warn" "error"))
    (export "level" (type $level (eq $l)))
    (export "log" (func
      (param "level" $level) (param "file" (option string)) (param "function" (option string))
      (param "line" (option u32)) (param "col" (option u32)) (param "ctx" (option string))
      (param "msg" string) (param "data" (option string))))))
  (core module $Libc (memory (export "mem") 1))
  (core instance $libc (instantiate $Libc))
  (core func $wait (canon lower (func $gate "wait")))
  (core func $make (canon lower (func $gate "make")))
  (core func $now (canon lower (func $clock "now")))
  (core func $log (canon lower (func $logging "log") (memory (core memory $libc "mem"))))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "wait" (func $wait (param i32) (result i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "now" (func $now (result i64)))
    (import "" "log" (func $log (param i32)))
    (table $table 1 funcref)
    (global $times (mut i32) (i32.const 0))

    (func $loop (loop $again (br $again)))
    (func $recurse (param i32) (result i32)
      (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))

    ;; Takes all that there is, page by page, and writes to each; answers how much it has.
    (func $grow (result i32)
      (local $page i32)
      (block $full (loop $next
        (local.set $page (memory.grow (i32.const 1)))
        (br_if $full (i32.eq (local.get $page) (i32.const -1)))
        (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 7) (i32.const 65536))
        (br $next)))
      (memory.size))
    (func $tables (result i32)
      (loop $next
        (br_if $next (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
      (table.size $table))
    (func $fill
      (drop (call $grow))
      (loop $next
        (memory.fill (i32.const 0) (global.get $times) (i32.mul (memory.size) (i32.const 65536)))
        (br $next)))
    (func $copy
      (drop (call $grow))
      (loop $next
        (memory.copy (i32.const 0) (i32.const 8)
          (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
        (br $next)))
    (func $calls (loop $next (drop (call $now)) (br $next)))

    ;; A line of so many bytes. The message lies behind the parameters, and memory is zero, as text is allowed to be.
    (func $line (param $bytes i32)
      (i32.store8 (i32.const 0) (i32.const 2))
      (i32.store (i32.const 56) (i32.const 1024))
      (i32.store (i32.const 60) (local.get $bytes))
      (call $log (i32.const 0)))
    (func $lines (loop $next (call $line (i32.const 500)) (br $next)))
    (func $long
      (drop (memory.grow (i32.const 1600)))
      (call $line (i32.const 100000000)))
    (func $handles
      (local $n i32)
      (loop $next
        (drop (call $make (local.tee $n (i32.add (local.get $n) (i32.const 1)))))
        (br $next)))

    (func $harm (param $kind i32) (result i32)
      (block $8 (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 (local.get $kind)))
        (call $loop))
        (return (call $recurse (i32.const 0))))
        (return (call $grow)))
        (return (call $tables)))
        (call $fill))
        (call $copy))
        (call $calls))
        (call $lines))
        (block $done
          (if (i32.eq (local.get $kind) (i32.const 8)) (then (call $long) (br $done)))
          (if (i32.eq (local.get $kind) (i32.const 9)) (then (call $handles) (br $done)))
          (if (i32.eq (local.get $kind) (i32.const 10)) (then (drop (call $wait (i32.const 10))) (br $done))))
      (i32.const 0))

    (func (export "harm") (param $kind i32) (param $caught i32) (result i32)
      (if (i32.eqz (local.get $caught)) (then (return (call $harm (local.get $kind)))))
      (loop $again
        (block $error
          (try_table (catch_all $error)
            (return (call $harm (local.get $kind)))))
        (global.set $times (i32.add (global.get $times) (i32.const 1)))
        (br $again))
      (unreachable))

    ;; Two million empty strings, in as little memory as they need.
    (func (export "give") (param $caught i32) (result i32)
      (if (i32.eqz (local.get $caught)) (then (nop)))
      (drop (memory.grow (i32.const 256)))
      (i32.store (i32.const 0) (i32.const 64))
      (i32.store (i32.const 4) (i32.const 2000000))
      (i32.const 0)))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $libc "mem"))
    (export "wait" (func $wait)) (export "make" (func $make))
    (export "now" (func $now)) (export "log" (func $log))))))
  (func $harm (param "kind" u32) (param "caught" u32) (result s32) (canon lift (core func $m "harm")))
  (func $give (param "caught" u32) (result (list string))
    (canon lift (core func $m "give") (memory (core memory $libc "mem"))))
  (instance $event (export "harm" (func $harm)) (export "give" (func $give)))
  (export "hermes:gate/event" (instance $event)))
