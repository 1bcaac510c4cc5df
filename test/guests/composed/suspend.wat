;; A chain of three components. The innermost calls the host function `wait`, which may suspend; the outermost
;; starts it twice and adds what came back. `plain` can reach nothing that suspends.
(component
  (import "test:host/api" (instance $host
    (export "wait" (func (param "n" u32) (result u32)))))

  (component $Inner
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait' (canon lower (func $wait)))
    (core module $M
      (import "" "wait" (func $wait (param i32) (result i32)))
      (global $calls (mut i32) (i32.const 0))
      (func (export "ask") (param i32) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.add (call $wait (local.get 0)) (global.get $calls))))
    (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait'))))))
    (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $m "ask"))))

  (component $Middle
    (import "ask" (func $ask (param "n" u32) (result u32)))
    (core func $ask' (canon lower (func $ask)))
    (core module $M
      (import "" "ask" (func $ask (param i32) (result i32)))
      (func (export "ask") (param i32) (result i32)
        (i32.add (call $ask (local.get 0)) (i32.const 1000))))
    (core instance $m (instantiate $M (with "" (instance (export "ask" (func $ask'))))))
    (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $m "ask"))))

  (component $Outer
    (import "ask" (func $ask (param "n" u32) (result u32)))
    (core func $ask' (canon lower (func $ask)))
    (core module $M
      (import "" "ask" (func $ask (param i32) (result i32)))
      (func (export "twice") (param i32) (result i32)
        (i32.add (call $ask (local.get 0)) (call $ask (i32.add (local.get 0) (i32.const 1))))))
    (core instance $m (instantiate $M (with "" (instance (export "ask" (func $ask'))))))
    (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice"))))

  (alias export $host "wait" (func $wait))
  (instance $inner (instantiate $Inner (with "wait" (func $wait))))
  (instance $middle (instantiate $Middle (with "ask" (func $inner "ask"))))
  (instance $outer (instantiate $Outer (with "ask" (func $middle "ask"))))
  (export "twice" (func $outer "twice"))

  (core module $Plain
    (func (export "plain") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
  (core instance $plain (instantiate $Plain))
  (func (export "plain") (param "n" u32) (result u32) (canon lift (core func $plain "plain"))))
