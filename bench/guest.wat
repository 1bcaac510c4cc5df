;; The least that a guest can be, and one that computes: what is left of an event's time is the engine's.
(component
  (core module $m
    (func (export "on-nothing") (result i32) (i32.const 7))
    (func (export "on-work") (param $rounds i32) (result i32)
      (local $x i32)
      (local.set $x (i32.const 1))
      (loop $again
        (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
        (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 7))))
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
      (local.get $x)))
  (core instance $i (instantiate $m))
  (func $on-nothing (result u32) (canon lift (core func $i "on-nothing")))
  (func $on-work (param "rounds" u32) (result u32) (canon lift (core func $i "on-work")))
  (instance $event (export "on-nothing" (func $on-nothing)) (export "on-work" (func $on-work)))
  (export "hermes:bench/event" (instance $event)))
