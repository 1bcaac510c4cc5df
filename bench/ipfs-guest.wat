;; A guest that publishes as it is told, and hears messages without looking at them: what is left of the time is the
;; engine's. Its memory has room for one large message, and each event has it for itself.
(module
  (import "cm32p2|hermes:ipfs/api" "pubsub-publish" (func $publish (param i32 i32 i32 i32 i32)))
  (import "cm32p2|hermes:ipfs/api" "pubsub-subscribe" (func $subscribe (param i32 i32 i32)))
  (memory (export "cm32p2_memory") 3)
  (data (i32.const 16) "bench/onebench/all")
  (global $top (mut i32) (i32.const 1024))
  (func (export "cm32p2_realloc") (param i32 i32 i32 i32) (result i32)
    (local $p i32)
    (local.set $p
      (i32.and
        (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
    (global.set $top (i32.add (local.get $p) (local.get 3)))
    (local.get $p))
  (func (export "cm32p2_initialize"))
  ;; A subscriber hears all, and the one of them who is chosen the other topic as well. Answers how many it has now.
  (func (export "cm32p2|hermes:bench/pubsub|on-subscribe") (param $one i32) (result i32)
    (call $subscribe (i32.const 25) (i32.const 9) (i32.const 0))
    (if (local.get $one) (then (call $subscribe (i32.const 16) (i32.const 9) (i32.const 0))))
    (i32.eqz (i32.load8_u (i32.const 0))))
  ;; Publishes a message of so many bytes so many times. Answers how many were taken.
  (func (export "cm32p2|hermes:bench/pubsub|on-publish") (param $one i32) (param $times i32) (param $bytes i32)
    (result i32)
    (local $taken i32)
    (loop $again
      (call $publish
        (select (i32.const 16) (i32.const 25) (local.get $one)) (i32.const 9)
        (i32.const 1024) (local.get $bytes) (i32.const 0))
      (local.set $taken (i32.add (local.get $taken) (i32.eqz (i32.load8_u (i32.const 0)))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $taken))
  (func (export "cm32p2|hermes:ipfs/event|on-topic")
    (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 1)))
